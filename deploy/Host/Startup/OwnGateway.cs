using System.Security.Cryptography.X509Certificates;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>The deployment's own gateway, asked on this machine whatever its name on the internet is.</summary>
public static class OwnGateway
{
    /// <summary>A client that takes the gateway's own certificate for good, and no other.</summary>
    public static HttpClient Client(DataFolder folder, Layout layout)
    {
        var listen = new UriBuilder(layout.ListenOf(1));
        listen.Host = listen.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            var host => host,
        };
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
        {
            using var own = X509CertificateLoader.LoadCertificateFromFile(PublicCertificate.FileOf(folder));
            return shown is not null && own.RawData.AsSpan().SequenceEqual(shown.GetRawCertData());
        };
        return new HttpClient(handler) { BaseAddress = listen.Uri, Timeout = TimeSpan.FromSeconds(15) };
    }
}
