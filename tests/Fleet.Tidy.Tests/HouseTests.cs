using System.Text.RegularExpressions;
using System.Xml.Linq;
using Fleet.Testing;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Fleet.Tidy.Tests;

/// <summary>The walls of the house: who may know whom, one idea a file, and nothing that nobody references.</summary>
public class HouseTests
{
    // Which rooms each room may know, as docs/architecture.md draws them.
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Fleet.Core"] = [],
        ["Fleet.Simulation"] = ["Fleet.Core"],
        ["Fleet.Grpc"] = [],
        ["Fleet.Contracts"] = ["Fleet.Grpc"],
        ["Fleet.Hosting"] = ["Fleet.Grpc", "Fleet.Contracts"],
        ["Fleet.Proxy"] = ["Fleet.Core", "Fleet.Grpc", "Fleet.Contracts", "Fleet.Hosting"],
        ["Fleet.NodeAgent"] = ["Fleet.Core", "Fleet.Grpc", "Fleet.Contracts", "Fleet.Hosting"],
        ["Fleet.Controller"] = ["Fleet.Core", "Fleet.Grpc", "Fleet.Contracts", "Fleet.Hosting"],
        ["Fleet.Lab"] = ["Fleet.Core", "Fleet.Simulation", "Fleet.Grpc", "Fleet.Contracts", "Fleet.Hosting"],
    };

    [Fact]
    public void ReferencesPointOneWay()
    {
        foreach ((string room, string[] allowed) in MayKnow)
        {
            References(room).Except(allowed).ShouldBeEmpty($"{room} may only know {string.Join(", ", allowed)}");
        }
    }

    [Fact]
    public void CoreReferencesNothingButMathNet() =>
        Packages("Fleet.Core").ShouldBe(["MathNet.Numerics"]);

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        string solution = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Fleet.sln"));
        SizeTests.Offenders(
            SourceTree.Files.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal))
                .Where(f => !solution.Contains(Path.GetFileName(f.Path), StringComparison.Ordinal)).Select(f => f.Path),
            "dotnet sln Fleet.sln add");
    }

    [Fact]
    public void EveryPackageEarnsALineInDecisions()
    {
        string decisions = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs/decisions/0002-packages.md"));
        SizeTests.Offenders(
            XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props")).Descendants("PackageVersion")
                .Select(p => p.Attribute("Include")!.Value)
                .Where(p => !decisions.Contains(p, StringComparison.Ordinal)),
            "say in docs/decisions/0002-packages.md what the package is for");
    }

    [Fact]
    public void FilesAreNamedAfterATypeTheyHold() => SizeTests.Offenders(
        from file in SourceTree.CSharp
        let name = Path.GetFileNameWithoutExtension(file.Path).Split('.')[0]
        let types = file.Tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
            .Select(m => m switch
            {
                BaseTypeDeclarationSyntax type => type.Identifier.Text,
                DelegateDeclarationSyntax type => type.Identifier.Text,
                _ => "",
            }).Where(n => n.Length > 0).ToArray()
        where types.Length > 0 && !types.Any(t => name.StartsWith(t, StringComparison.Ordinal) || t.EndsWith(name, StringComparison.Ordinal))
        where types.Length == 1 || !name.EndsWith('s')
        select $"{file.Path} holds {string.Join(", ", types)}",
        "a file carries the name of its type, or a plural when a family of small types is its idea");

    [Fact]
    public void NoFileIsEmpty() => SizeTests.Offenders(
        SourceTree.CSharp.Where(f => f.Tree.GetRoot().DescendantNodes()
            .All(n => n is not (BaseTypeDeclarationSyntax or DelegateDeclarationSyntax or GlobalStatementSyntax or AttributeListSyntax)))
            .Select(f => f.Path),
        "delete the file");

    [Fact]
    public void EventIdsAreUnique()
    {
        var ids =
            from file in SourceTree.CSharp.Where(f => !f.IsTest)
            from attribute in file.Tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>()
            where attribute.Name.ToString() == "LoggerMessage"
            let id = Regex.Match(attribute.ToString(), @"LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")
            select (file.Path, Id: id.Success ? id.Groups[1].Value : "none");
        SizeTests.Offenders(
            ids.GroupBy(i => i.Id).Where(g => g.Key == "none" || g.Count() > 1)
                .Select(g => $"{g.Key}: {string.Join(", ", g.Select(i => i.Path))}"),
            "every log message has an id of its own (Hosting 500-, Proxy 1000-, Controller 2000-, NodeAgent 3000-, Lab 4000-)");
    }

    private static IEnumerable<string> References(string room) => Includes(room, "ProjectReference")
        .Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/')));

    private static string[] Packages(string room) => [.. Includes(room, "PackageReference")];

    private static IEnumerable<string> Includes(string room, string item) =>
        XDocument.Load(Path.Combine(RepositoryRoot.Path, "src", room, room + ".csproj")).Descendants(item)
            .Select(r => r.Attribute("Include")!.Value);
}
