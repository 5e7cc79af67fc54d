using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Description;

/// <summary>A refusal that an endpoint may answer beside those that every endpoint of its kind may: its status and its stable codes.</summary>
/// <param name="Extra">Further members of the problem details, such as <c>decision</c>, by name and type.</param>
public sealed record DescribedRefusal(int Status, IReadOnlyList<string> Codes, IReadOnlyDictionary<string, Type>? Extra = null);

/// <summary>The endpoint reads <c>If-Match</c> and answers <c>ETag</c> (RFC 9110).</summary>
public sealed record TakesIfMatch;

/// <summary>The description of an endpoint in the OpenAPI document.</summary>
public static class EndpointDescription
{
    /// <param name="id">The operation's name in generated clients: camelCase, unique in the whole API, never changed.</param>
    /// <param name="tag">One of <see cref="Tag"/>.</param>
    /// <param name="summary">One line that a reader of the list understands.</param>
    public static TBuilder Describe<TBuilder>(this TBuilder endpoint, string id, string tag, string summary)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithName(id).WithTags(tag).WithSummary(summary);

    /// <param name="codes">Beside <c>not-signed-in</c>, <c>not-allowed</c>, <c>not-found</c>, <c>validation</c> and the like, which are described
    /// for all.</param>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, int status, params string[] codes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new DescribedRefusal(status, codes));

    /// <summary>A refusal that carries one more member of type <typeparamref name="T"/>.</summary>
    public static RouteHandlerBuilder RefusesWith<T>(this RouteHandlerBuilder endpoint, int status, string code, string member) =>
        endpoint.WithMetadata(new DescribedRefusal(status, [code], new Dictionary<string, Type> { [member] = typeof(T) }));

    public static TBuilder WithIfMatch<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new TakesIfMatch());
}

/// <summary>The chapters of the API.</summary>
public static class Tag
{
    public const string Account = "Sign-in and accounts";
    public const string Groups = "Groups";
    public const string Sessions = "Sessions";
    public const string Calendars = "Calendars";
    public const string Seats = "Seats";
    public const string Profile = "Profile";
    public const string Members = "Members";
    public const string Facilitators = "Facilitators and credentials";
    public const string Licensing = "Licensing";
    public const string LiveSessions = "Live sessions";
    public const string Practices = "Practices";
    public const string Operations = "Audit and operations";
}
