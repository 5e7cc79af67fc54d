using System.Reflection;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace GroupTherapy.Description;

/// <summary>
/// Describes each service from its endpoints, types and docstrings; the gateway joins the descriptions. The facts that the gateway needs about an
/// operation stands in extensions: <c>x-roles</c>, <c>x-refusals</c>, <c>x-idempotency-key</c>, <c>x-if-match</c>.
/// </summary>
public static class OpenApiDocuments
{
    private const string Document = "v1";

    public static void AddDescription(this IServiceCollection services, string service) =>
        services.AddOpenApi(
            Document,
            options =>
            {
                // Slices name their records alike (Request, Item); a nested record carries the name of its slice.
                options.CreateSchemaReferenceId = type =>
                    OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : SchemaNames.Of(Nullable.GetUnderlyingType(type.Type) ?? type.Type);
                options.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Info = new OpenApiInfo { Title = $"GroupTherapy {service}", Version = "1" };
                        document.Servers?.Clear();
                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer((operation, context, ct) => DescribeAsync(operation, context, ct));
                options.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        SchemaDetails.Add(schema, context);
                        return Task.CompletedTask;
                    }
                );
            }
        );

    /// <summary>Serves the service's own document to the gateway.</summary>
    public static void MapDescription(this IEndpointRouteBuilder app) => app.MapOpenApi("/openapi/{documentName}.json").ForAnyone();

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var who = metadata.OfType<MayCall>().LastOrDefault();
        var roles =
            who is null ? []
            : who.Anonymous ? ["anyone"]
            : who.Roles.Count == 0 ? ["signed-in"]
            : who.Roles;
        operation.AddExtension("x-roles", new JsonNodeExtension(new JsonArray([.. roles.Select(r => JsonValue.Create(r))])));

        var handler = metadata.OfType<MethodInfo>().LastOrDefault();
        operation.Description ??= handler is null ? null : DocComments.Of(handler) ?? SliceOf(handler);
        AddPaging(operation, handler);
        if (handler?.GetParameters().Any(p => p.ParameterType.IsAssignableTo(typeof(IAcceptsIdempotencyKey))) == true)
        {
            operation.AddExtension("x-idempotency-key", new JsonNodeExtension(JsonValue.Create(true)));
        }

        if (metadata.OfType<TakesIfMatch>().Any())
        {
            operation.AddExtension("x-if-match", new JsonNodeExtension(JsonValue.Create(true)));
        }

        var refusals = new JsonArray();
        var stepUp = metadata.OfType<StepUp>().Select(_ => new DescribedRefusal(StepUp.Required.Status, [StepUp.Required.Code]));
        foreach (var refusal in stepUp.Concat(metadata.OfType<DescribedRefusal>()))
        {
            var described = new JsonObject { ["status"] = refusal.Status, ["codes"] = new JsonArray([.. refusal.Codes.Select(c => JsonValue.Create(c))]) };
            foreach (var (member, type) in refusal.Extra ?? new Dictionary<string, Type>())
            {
                var schema = await context.GetOrCreateSchemaAsync(type, null, ct);
                described["members"] = new JsonObject { [member] = ReferenceTo(context, type, schema) };
            }

            refusals.Add(described);
        }

        operation.AddExtension("x-refusals", new JsonNodeExtension(refusals));
    }

    private static JsonNode ReferenceTo(OpenApiOperationTransformerContext context, Type type, OpenApiSchema schema)
    {
        if (schema.Properties is not { Count: > 0 })
        {
            return new JsonObject { ["type"] = "string", ["format"] = type == typeof(DateTimeOffset) ? "date-time" : null };
        }

        var name = SchemaNames.Of(type);
        context.Document!.AddComponent(name, schema);
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    // A handler without a name is in the class of its slice, whose docstring describes it.
    private static string? SliceOf(MethodInfo handler)
    {
        var type = handler.DeclaringType;
        while (type is { DeclaringType: not null } && type.Name.StartsWith('<'))
        {
            type = type.DeclaringType;
        }

        return type is null ? null : DocComments.Of(type);
    }

    // A value that binds itself is invisible to the describer.
    private static void AddPaging(OpenApiOperation operation, MethodInfo? handler)
    {
        if (handler?.GetParameters().Any(p => p.ParameterType == typeof(Paging)) == true)
        {
            (operation.Parameters ??= []).Add(
                Query(
                    "limit",
                    "1 to 500; more counts as 500.",
                    new OpenApiSchema
                    {
                        Type = JsonSchemaType.Integer,
                        Format = "int32",
                        Minimum = "1",
                        Default = JsonValue.Create(50),
                    }
                )
            );
            operation.Parameters.Add(
                Query(
                    "cursor",
                    "The nextCursor of the page before.",
                    new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        MaxLength = 1024,
                        Examples = ["b2Zm"],
                    }
                )
            );
        }
    }

    private static OpenApiParameter Query(string name, string description, OpenApiSchema schema) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Query,
            Description = description,
            Schema = schema,
        };
}
