using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Fleet.Tidy.Tests;

/// <summary>Small files, small methods, short lines: what keeps a change in one room.</summary>
public class SizeTests
{
    [Fact]
    public void FilesAreShort() => Offenders(
        SourceTree.CSharp.Where(f => f.Lines.Length > (f.IsTest ? 800 : 400)).Select(f => $"{f.Path}: {f.Lines.Length} lines"),
        "split by idea: at most 400 lines (tests 800)");

    [Fact]
    public void MedianFileIsAtMostAHundredLines()
    {
        int[] lengths = [.. SourceTree.CSharp.Where(f => !f.IsTest).Select(f => f.Lines.Length).Order()];
        lengths.Length.ShouldBeGreaterThan(20);
        lengths[lengths.Length / 2].ShouldBeLessThanOrEqualTo(100, "split files by idea");
    }

    [Fact]
    public void MethodsAreShort() => Offenders(
        from file in SourceTree.CSharp
        from method in file.Tree.GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
        let span = method.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > 70
        select $"{file.Path}:{span.StartLinePosition.Line + 1}: {lines} lines",
        "at most 70 lines: name the parts and call them");

    [Fact]
    public void LinesFitTheScreen() => Offenders(
        from file in SourceTree.CSharp
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where line.text.Length > 150
        select $"{file.Path}:{line.number}: {line.text.Length} columns",
        "at most 150 columns");

    internal static void Offenders(IEnumerable<string> offenders, string rule)
    {
        string[] found = [.. offenders];
        found.ShouldBeEmpty(rule + Environment.NewLine + string.Join(Environment.NewLine, found));
    }
}
