// SPDX-License-Identifier: Apache-2.0
// Prints what is at a URL, by each of Java's two HTTP clients; the user name and
// the token come from the environment, and are sent when the server asks.

import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Fetch {
    public static void main(String[] words) throws Exception {
        URI url = URI.create(words[1]);
        Authenticator who = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(System.getenv("SITE_USER"),
                    System.getenv("SITE_TOKEN").toCharArray());
            }
        };
        if (words[0].equals("HttpClient")) {
            HttpClient client = HttpClient.newBuilder().authenticator(who).build();
            HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
            System.out.print(answer.body());
            System.exit(answer.statusCode() == 200 ? 0 : 1);
        }
        Authenticator.setDefault(who);
        url.toURL().openStream().transferTo(System.out);
    }
}
