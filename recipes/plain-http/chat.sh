#!/bin/sh
# Asks @{title} with curl, first for the whole answer, then as a stream. Run: sh chat.sh
set -eu

# The key goes through curl's standard input: an argument would stand in the list of processes.
ask() {
    printf 'header = "Authorization: Bearer %s"\n' "$@{key_variable}" |
        curl --config - --silent --show-error --fail-with-body --no-buffer --max-time 300 \
            --header 'Content-Type: application/json' --data "$1" '@{base}/chat/completions'
}

ask '{"model": "@{model}", "messages": [{"role": "user", "content": "Count to 5"}]}'
echo
# data: {…} lines as they come, ended by data: [DONE]; the usage comes in the last chunk, with include_usage only
ask '{"model": "@{model}", "messages": [{"role": "user", "content": "Count to 5"}],
      "stream": true, "stream_options": {"include_usage": true}}'
