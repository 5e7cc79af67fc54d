using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace GroupTherapy.Tests.Support;

/// <summary>One request as bytes, for what no well-behaved client sends.</summary>
public static class RawHttp
{
    /// <param name="headers">Further headers as Latin-1 text, so that every byte can be said.</param>
    /// <returns>The status, and all that came after the status line.</returns>
    public static async Task<(int Status, string Answer)> SendAsync(Uri address, string method, string path, string body = "", params string[] headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        var length = Encoding.UTF8.GetByteCount(body);
        var head =
            $"{method} {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n"
            + (length > 0 ? $"Content-Type: application/json\r\nContent-Length: {length}\r\n" : "")
            + string.Concat(headers.Select(header => $"{header}\r\n"))
            + "\r\n";
        // In one piece: a server that refuses the head closes, and a second write would meet a closed connection.
        await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(head), .. Encoding.UTF8.GetBytes(body)]);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var line = await reader.ReadLineAsync() ?? throw new IOException("There was no answer.");
        return (int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), await reader.ReadToEndAsync());
    }

    /// <summary>The bytes of a text in UTF-8, each as one character.</summary>
    public static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
