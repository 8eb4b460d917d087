using System.Text.RegularExpressions;

namespace Fleet.Tidy.Tests;

/// <summary>What no file of the project says.</summary>
public partial class WordingTests
{
    // Assembled from parts so that this file does not find itself.
    private static readonly string TaskMark = "TO" + "DO";
    private static readonly string FixMark = "FIX" + "ME";

    [Fact]
    public void NothingIsLeftForLater() => SizeTests.Offenders(
        from file in SourceTree.Files
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where line.text.Contains(TaskMark, StringComparison.Ordinal) || line.text.Contains(FixMark, StringComparison.Ordinal)
        select $"{file.Path}:{line.number}",
        "do it now, or write down the limit where users read it");

    [Fact]
    public void NoPathOfOneMachine() => SizeTests.Offenders(
        from file in SourceTree.Files
        from line in file.Lines.Select((text, i) => (text, number: i + 1))
        where MachinePath().IsMatch(line.text)
        select $"{file.Path}:{line.number}: {line.text.Trim()}",
        "paths are relative to the checkout, an option, or a standard place of the system");

    [Fact]
    public void TextFilesEndWithANewline() => SizeTests.Offenders(
        SourceTree.Files.Where(f => f.Text.Length > 0 && !f.Text.EndsWith('\n')).Select(f => f.Path),
        "end the file with a newline");

    [GeneratedRegex(@"(?<![\w.}])/(work|home/\w+|root)/")]
    private static partial Regex MachinePath();
}
