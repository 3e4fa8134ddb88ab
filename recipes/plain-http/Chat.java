// Asks @{title} with Java's own HTTP client, first for the whole answer, then as a stream. Run: java Chat.java

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

public class Chat {
    static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    static HttpRequest request(String body) {
        return HttpRequest.newBuilder(URI.create("@{base}/chat/completions"))
                .timeout(Duration.ofSeconds(300))
                .header("Authorization", "Bearer " + System.getenv("@{key_variable}"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    static void check(int status, Object said) {
        if (status != 200) {
            System.err.println(status + " " + said);
            System.exit(1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        String question = "\"model\": \"@{model}\", \"messages\": [{\"role\": \"user\", \"content\": \"Count to 5\"}]";

        var whole = CLIENT.send(request("{" + question + "}"), BodyHandlers.ofString());
        check(whole.statusCode(), whole.body());
        System.out.println(whole.body());

        // each line that begins with data: holds a chunk; data: [DONE] is the last
        var stream = CLIENT.send(request("{" + question + ", \"stream\": true}"), BodyHandlers.ofLines());
        check(stream.statusCode(), stream);
        stream.body().filter(line -> line.startsWith("data:")).forEach(System.out::println);
    }
}
