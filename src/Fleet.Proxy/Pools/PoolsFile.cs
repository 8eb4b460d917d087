using System.Collections.Immutable;
using System.Text.Json;

namespace Fleet.Proxy.Pools;

/// <summary>The file that pools come from: one of its own, or the service's configuration file with its key "pools".</summary>
internal sealed class PoolsFile(string path, bool isConfiguration)
{
    private static readonly JsonDocumentOptions Syntax = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public string Path => path;

    /// <summary>The file's bytes; null when it cannot be read, which <paramref name="problem"/> then says.</summary>
    public byte[]? TryRead(out string problem)
    {
        try
        {
            problem = "";
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"pools file \"{path}\" cannot be read ({e.Message.TrimEnd('.')}); give a file that can";
            return null;
        }
    }

    /// <summary>The pools in some content of the file; every problem goes to <paramref name="problems"/>.</summary>
    public ImmutableArray<PoolDefinition> Parse(byte[] content, ICollection<string> problems)
    {
        string source = $"pools file \"{path}\"";
        if (!isConfiguration)
        {
            return PoolsDocument.Parse(content, source, problems);
        }

        try
        {
            using var document = JsonDocument.Parse(content, Syntax);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("pools", out JsonElement pools))
            {
                return PoolsDocument.Parse(System.Text.Encoding.UTF8.GetBytes(pools.GetRawText()), source, problems);
            }

            problems.Add($"{source}: the key \"pools\" is missing; add it");
        }
        catch (JsonException)
        {
            // The whole file is parsed again for the place of the fault.
            return PoolsDocument.Parse(content, source, problems);
        }

        return [];
    }

    /// <summary>The pools in the file now.</summary>
    public ImmutableArray<PoolDefinition> Load(ICollection<string> problems)
    {
        if (TryRead(out string problem) is { } content)
        {
            return Parse(content, problems);
        }

        problems.Add(problem);
        return [];
    }
}
