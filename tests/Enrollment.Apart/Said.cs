using System.Net;
using System.Text;
using MassTransit;

namespace GroupTherapy.Enrollment.Apart;

/// <summary>What the process tells on standard output, one thing a line.</summary>
public static class Said
{
    /// <summary>Followed by the address.</summary>
    public const string Listens = "listens";

    /// <summary>Followed by a message's id: its delivery had its effect, or none because it had it before.</summary>
    public const string Consumed = "consumed";

    /// <summary>Followed by a message's id: its delivery failed, and comes again or goes to the error queue.</summary>
    public const string Failed = "failed";
}

internal sealed class Announces : IConsumeObserver
{
    public Task PreConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context)
        where T : class => Console.Out.WriteLineAsync($"{Said.Consumed} {context.MessageId}");

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
        where T : class =>
        Console.Out.WriteLineAsync($"{Said.Failed} {context.MessageId} {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
}

/// <summary>Answers every request with the same JSON.</summary>
internal sealed class Answers(string body) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
}
