namespace GroupTherapy.Description;

/// <summary>Names of schemas: a nested record is named with the slice that it stands in, a page by its item.</summary>
internal static class SchemaNames
{
    public static string Of(Type type) =>
        (type.DeclaringType?.Name ?? "")
        + (type.IsGenericType ? $"{type.Name.Split('`')[0]}Of{string.Concat(type.GetGenericArguments().Select(Of))}" : type.Name);
}
