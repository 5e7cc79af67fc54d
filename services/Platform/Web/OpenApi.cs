using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace GroupTherapy.Platform.Web;

/// <summary>Describes each service from its endpoints; the gateway joins the descriptions. Who may call stands in <c>x-roles</c>.</summary>
internal static class OpenApi
{
    public static void AddDescription(this IServiceCollection services, string service) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"GroupTherapy {service}", Version = "1" };
            document.Servers?.Clear();
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var who = context.Description.ActionDescriptor.EndpointMetadata.OfType<MayCall>().LastOrDefault();
            var roles = who is null ? [] : who.Anonymous ? ["anyone"] : who.Roles.Count == 0 ? ["signed-in"] : who.Roles;
            operation.AddExtension("x-roles", new JsonNodeExtension(new JsonArray([.. roles.Select(r => JsonValue.Create(r))])));
            return Task.CompletedTask;
        });
    });
}
