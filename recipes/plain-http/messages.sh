#!/bin/sh
# Asks @{title} over its messages surface with curl, first for the whole answer, then as a stream. Run: sh messages.sh
set -eu

# The key goes through curl's standard input: an argument would stand in the list of processes.
ask() {
    printf 'header = "Authorization: Bearer %s"\n' "$@{key_variable}" |
        curl --config - --silent --show-error --fail-with-body --no-buffer --max-time 300 \
            --header 'Content-Type: application/json' --data "$1" '@{base}/messages'
}

ask '{"model": "@{model}", "max_tokens": 256, "messages": [{"role": "user", "content": "Count to 5"}]}'
echo
# named events as they come, ended by message_stop
ask '{"model": "@{model}", "max_tokens": 256, "messages": [{"role": "user", "content": "Count to 5"}], "stream": true}'
