using System.Diagnostics;
using System.Net.Sockets;

namespace GroupTherapy.Edge.Tests;

/// <summary>A real nginx or Caddy with the sample file that is shipped, of which only name, ports and certificate are others.</summary>
internal sealed class FrontProxy : IAsyncDisposable
{
    private readonly Process _process;

    private FrontProxy(Process process) => _process = process;

    /// <param name="way"><c>nginx</c>, <c>nginx-hub</c> (which carries the hub itself) or <c>caddy</c>.</param>
    /// <param name="gateway">The first gateway's port; the second has the next.</param>
    public static async Task<FrontProxy> StartAsync(string way, string folder, Uri address, int gateway, TestCertificate certificate)
    {
        var sample = await File.ReadAllTextAsync(Path.Combine(Deployment.Root, "deploy", "proxy", way == "caddy" ? "Caddyfile" : "nginx.conf"));
        var start = way.StartsWith("nginx", StringComparison.Ordinal)
            ? await NginxAsync(sample, folder, address, gateway, certificate, way == "nginx-hub")
            : await CaddyAsync(sample, folder, address, gateway, certificate);
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await Eventually.Async(
            async () => !process.HasExited ? await IsOpenAsync(address.Port) : throw new InvalidOperationException($"{way} ended: {await errors}"),
            () => $"{way} does not listen"
        );
        return new FrontProxy(process);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var end = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]);
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }

        _process.Dispose();
    }

    private static async Task<ProcessStartInfo> NginxAsync(string sample, string folder, Uri address, int gateway, TestCertificate certificate, bool carriesHub)
    {
        var site = Replaced(
            sample,
            ("server 127.0.0.1:8080;", $"server 127.0.0.1:{gateway}; server 127.0.0.1:{gateway + 1};"),
            ("listen 80;", $"listen 127.0.0.2:{address.Port};"),
            ("listen 443 ssl", $"listen 127.0.0.1:{address.Port} ssl"),
            ("/etc/letsencrypt/live/groups.example.org/fullchain.pem", certificate.File),
            ("/etc/letsencrypt/live/groups.example.org/privkey.pem", certificate.Key),
            ("groups.example.org", address.Host),
            ("/var/log/nginx", folder)
        );
        if (carriesHub)
        {
            var hub = Path.Combine(Deployment.Root, "deploy", "proxy", "nginx-hub.conf");
            site = Replaced(site, ("client_body_timeout   15s;", $"client_body_timeout   15s; include {hub};"));
        }

        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            file,
            $$"""
            pid {{folder}}/nginx.pid; error_log {{folder}}/nginx-error.log; daemon off; worker_processes 1; user root;
            events { worker_connections 256; }
            http { client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u;
            scgi_temp_path {{folder}}/s; default_type text/plain;
            {{site}}
            }
            """
        );
        return new ProcessStartInfo("/usr/sbin/nginx", ["-c", file, "-e", Path.Combine(folder, "nginx-error.log")]);
    }

    private static async Task<ProcessStartInfo> CaddyAsync(string sample, string folder, Uri address, int gateway, TestCertificate certificate)
    {
        var site = Replaced(
            sample,
            ("127.0.0.1:8080 {", $"127.0.0.1:{gateway} 127.0.0.1:{gateway + 1} {{"),
            ("\ngroups.example.org {", $"\n{address.Authority} {{\n\tbind 127.0.0.1"),
            ("#tls /etc/ssl/groups.example.org.pem /etc/ssl/private/groups.example.org.key", $"tls {certificate.File} {certificate.Key}")
        );
        var file = Path.Combine(folder, "Caddyfile");
        var apart = $"admin off\n\tauto_https disable_redirects\n\tstorage file_system {folder}/caddy\n\tskip_install_trust";
        await File.WriteAllTextAsync(file, $"{{\n\t{apart}\n}}\n{site}");
        var start = new ProcessStartInfo("/usr/bin/caddy", ["run", "--config", file, "--adapter", "caddyfile"]);
        start.Environment["HOME"] = folder;
        return start;
    }

    private static string Replaced(string text, params (string Old, string New)[] changes) =>
        changes.Aggregate(
            text,
            (t, change) =>
                t.Contains(change.Old, StringComparison.Ordinal)
                    ? t.Replace(change.Old, change.New, StringComparison.Ordinal)
                    : throw new InvalidOperationException($"The sample has no '{change.Old}' any more.")
        );

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
