using System.Reflection;
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
        // Slices name their records alike (Request, Item); a nested record is told apart by the slice it stands in.
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null
            : NameOf(Nullable.GetUnderlyingType(type.Type) ?? type.Type);
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
        options.AddOperationTransformer((operation, context, _) =>
        {
            // A value that binds itself is invisible to the describer.
            var handler = context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>().LastOrDefault();
            if (handler?.GetParameters().Any(p => p.ParameterType == typeof(Paging)) == true)
            {
                (operation.Parameters ??= []).Add(Query("limit", "1 to 500; more counts as 500.",
                    new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Default = JsonValue.Create(50) }));
                operation.Parameters.Add(Query("cursor", "The nextCursor of the page before.", new OpenApiSchema { Type = JsonSchemaType.String }));
            }

            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // The describer takes a type with a converter of its own for anything at all.
            if (context.JsonTypeInfo.Type == typeof(DateTimeOffset) || context.JsonTypeInfo.Type == typeof(DateTimeOffset?))
            {
                schema.Type = JsonSchemaType.String | (context.JsonTypeInfo.Type == typeof(DateTimeOffset?) ? JsonSchemaType.Null : 0);
                schema.Format = "date-time";
            }

            return Task.CompletedTask;
        });
    });

    private static string NameOf(Type type) =>
        (type.DeclaringType?.Name ?? "")
            + (type.IsGenericType ? $"{type.Name.Split('`')[0]}Of{string.Concat(type.GetGenericArguments().Select(NameOf))}" : type.Name);

    private static OpenApiParameter Query(string name, string description, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };
}
