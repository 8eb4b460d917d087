using System.Diagnostics;
using Fleet.Testing;
using Microsoft.CodeAnalysis.CSharp;

namespace Fleet.Tidy.Tests;

/// <summary>The files that git tracks (or would track), read once.</summary>
internal static class SourceTree
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> AllFiles = new(Load);

    /// <summary>Every text file that is tracked or not ignored.</summary>
    public static IReadOnlyList<SourceFile> Files => AllFiles.Value;

    /// <summary>C# sources.</summary>
    public static IEnumerable<SourceFile> CSharp => Files.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal));

    private static List<SourceFile> Load()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
        })!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        git.ExitCode.ShouldBe(0, "git ls-files");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => new SourceFile(p, System.IO.Path.Combine(RepositoryRoot.Path, p)))
            .Where(f => File.Exists(f.FullPath) && !f.IsBinary)];
    }
}

/// <summary>One file of the tree.</summary>
/// <param name="Path">Path from the root, with slashes.</param>
/// <param name="FullPath">Where it is.</param>
internal sealed record SourceFile(string Path, string FullPath)
{
    private readonly Lazy<string> _text = new(() => File.ReadAllText(FullPath));
    private readonly Lazy<Microsoft.CodeAnalysis.SyntaxTree> _tree =
        new(() => CSharpSyntaxTree.ParseText(File.ReadAllText(FullPath)));

    public string Text => _text.Value;

    public string[] Lines => Text.Split('\n');

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    public bool IsBinary => System.IO.Path.GetExtension(Path) is ".png" or ".gz" or ".so" or ".ico";

    public Microsoft.CodeAnalysis.SyntaxTree Tree => _tree.Value;
}
