namespace GroupTherapy.Description.Tests;

/// <summary>Building on the document with the tools that people use.</summary>
public sealed class ClientTests(Tools tools)
{
    [Fact]
    public async Task The_whole_flow_of_the_README_compiles_against_a_generated_client()
    {
        Assert.SkipWhen(tools.Missing is not null, tools.Missing ?? "");
        var (generated, said) = await tools.ToolAsync("openapi-typescript", "openapi.json", "-o", "api.ts");
        Assert.True(generated == 0, said);
        var (compiled, errors) = await tools.ToolAsync("tsc", "-p", ".");
        Assert.True(compiled == 0, errors);
    }

    [Fact]
    public async Task A_client_that_asks_for_a_field_or_a_code_that_is_not_there_does_not_compile()
    {
        Assert.SkipWhen(tools.Missing is not null, tools.Missing ?? "");
        await tools.ToolAsync("openapi-typescript", "openapi.json", "-o", "api.ts");
        await File.WriteAllTextAsync(
            Path.Combine(tools.Folder, "wrong.ts"),
            """
            import type { paths } from "./api.js";
            type Seat = paths["/api/enrollments"]["post"];
            const status: Seat["responses"][201]["content"]["application/json"]["status"] = "paid";
            const code: Seat["responses"][409]["content"]["application/problem+json"]["code"] = "sold-out";
            const request: NonNullable<Seat["requestBody"]>["content"]["application/json"] = {};
            export { status, code, request };
            """
        );
        try
        {
            var (compiled, errors) = await tools.ToolAsync("tsc", "-p", "tsconfig.wrong.json");
            Assert.NotEqual(0, compiled);
            Assert.Equal(3, errors.Split("error TS").Length - 1);
        }
        finally
        {
            File.Delete(Path.Combine(tools.Folder, "wrong.ts"));
        }
    }

    [Fact]
    public async Task Redocly_finds_no_error()
    {
        Assert.SkipWhen(tools.Missing is not null, tools.Missing ?? "");
        var (code, said) = await tools.ToolAsync("redocly", "lint", "openapi.json", "--config", "redocly.yaml");
        Assert.True(code == 0, said);
    }
}
