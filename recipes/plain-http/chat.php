<?php
// Asks @{title} with PHP's curl, first for the whole answer, then as a stream. Run: php chat.php

function ask(array $body, ?callable $onData = null): string
{
    $request = curl_init('@{base}/chat/completions');
    curl_setopt_array($request, [
        CURLOPT_POSTFIELDS => json_encode($body),
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . getenv('@{key_variable}'),
            'Content-Type: application/json',
        ],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 300,
    ]);
    if ($onData !== null) {
        curl_setopt($request, CURLOPT_WRITEFUNCTION, function ($request, string $piece) use ($onData): int {
            $onData($piece);
            return strlen($piece);
        });
    }
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_HTTP_CODE);
    if ($status !== 200) {
        fwrite(STDERR, "$status $answer " . curl_error($request) . "\n");
        exit(1);
    }
    return is_string($answer) ? $answer : '';
}

$question = ['model' => '@{model}', 'messages' => [['role' => 'user', 'content' => 'Count to 5']]];

echo ask($question), "\n";
// data: {…} lines as they come, ended by data: [DONE]
ask($question + ['stream' => true], function (string $piece): void {
    echo $piece;
});
