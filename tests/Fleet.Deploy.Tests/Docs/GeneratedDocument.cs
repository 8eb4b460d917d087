using Fleet.Testing;

namespace Fleet.Deploy.Tests.Docs;

/// <summary>A page of docs/ that is made from the code: the test compares, or writes it when FLEET_UPDATE_DOCS is 1.</summary>
internal static class GeneratedDocument
{
    public static void Check(string name, string text)
    {
        string path = Path.Combine(RepositoryRoot.Path, "docs", name);
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, text);
        }

        (File.Exists(path) ? File.ReadAllText(path) : "").ShouldBe(
            text, $"docs/{name} is behind the code; FLEET_UPDATE_DOCS=1 dotnet test tests/Fleet.Deploy.Tests --filter Docs writes it");
    }
}
