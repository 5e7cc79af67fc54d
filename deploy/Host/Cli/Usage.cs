namespace GroupTherapy.Host.Cli;

internal static class Usage
{
    private const string Up = """
        deploy/up [--detach] [--data DIR] [--port N] [--scale SERVICE=N]... [--no-demo] [--set NAME=SECONDS]... [--media ADDRESS]
                  [--turn-tls HOST:PORT,CERT,KEY] [--no-media]
                  [--public URL (--tls-cert FILE --tls-key FILE | --trusted-proxy ADDRESS...) [--listen ADDRESS] [--demo]]
                  [--smtp URL [--smtp-password FILE] [--mail-from ADDRESS]]

          --detach            return once everything is healthy and leave it running
          --data DIR          where data, logs and settings live (.run in the checkout)
          --port N            the gateway's port on 127.0.0.1 (8080)
          --scale room=2      two instances of a service, or of the media server (janus=2)
          --no-demo           no demonstration accounts and data; environment Production
          --set NAME=SECONDS  seat-hold 900, offer 43200, lobby-before 900, facilitator-grace 20, held-end 600, attestation 900
          --media ADDRESS     the address that media is offered on (127.0.0.1)
          --turn-tls HOST:PORT,CERT,KEY   the relay over TLS too, for networks that let nothing but HTTPS through
          --no-media          no media servers: rooms have chat alone
          --public URL        the address on the internet, such as https://groups.example.org; implies --no-demo
          --tls-cert FILE --tls-key FILE   the gateway speaks TLS itself, with these PEM files
          --trusted-proxy ADDRESS   a proxy that speaks TLS: its address or network; X-Forwarded-For counts from there alone
          --listen ADDRESS    the IP address that the gateway listens on (127.0.0.1); 0.0.0.0 for all
          --smtp URL          the server that mails are handed to: smtp://USER@HOST:587 (STARTTLS; none on this machine) or smtps://USER@HOST
          --smtp-password FILE   the file with its password, mode 0600; read at each start
          --mail-from ADDRESS the sender of mails; left out, no-reply@ the public name
          --demo              demonstration accounts and short times on a public address after all
        """;

    private const string Down = "deploy/down [--data DIR]      stops what deploy/up started with the same data folder, and nothing else";
    private const string Status = "deploy/status [--json] [--data DIR]      says what runs, where, and how healthy";
    private const string Check = "deploy/check [--json] [--data DIR]      says what is missing before the first member comes; exit code 0 when nothing is";
    private const string Test = """
        deploy/test [NAME] [-- ARGUMENTS]      runs all tests, or those of the test projects whose name contains NAME;
                                               ARGUMENTS go to the runner, such as -method "*Removed*"
        """;

    private const string InviteOperator =
        "deploy/invite-operator EMAIL [PRACTICE]... [--data DIR]      invites the first operator of a deployment without demonstration accounts";

    private const string ResetSecondFactor =
        "deploy/reset-second-factor EMAIL [--data DIR]      for a person who lost every second factor; make sure that it is them";

    private const string Practice = "deploy/practice add ID NAME [--data DIR]      makes a practice; then invite its first operator";

    private const string Rotate = "deploy/rotate NAME [--data DIR]      replaces a secret while everything runs; without NAME it lists them";

    public static string Of(string verb) =>
        verb switch
        {
            "up" => Up,
            "down" => Down,
            "status" => Status,
            "check" => Check,
            "test" => Test,
            "invite-operator" => InviteOperator,
            "reset-second-factor" => ResetSecondFactor,
            "practice" => Practice,
            "rotate" => Rotate,
            _ => string.Join("\n\n", Up, Down, Status, Check, Test, InviteOperator, ResetSecondFactor, Practice, Rotate),
        };
}
