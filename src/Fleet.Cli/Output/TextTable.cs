namespace Fleet.Cli.Output;

/// <summary>A table of plain text: columns as wide as their widest cell, two spaces between them, no control characters.</summary>
/// <param name="headers">The first row.</param>
internal sealed class TextTable(params string[] headers)
{
    private readonly List<string[]> _rows = [headers];

    /// <summary>Adds a row; control characters in cells become '?', for they come from other hosts.</summary>
    public void Add(params string[] cells) =>
        _rows.Add([.. cells.Select(c => c.Length == 0 ? "-" : string.Concat(c.Select(x => char.IsControl(x) ? '?' : x)))]);

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter output)
    {
        int[] widths = [.. Enumerable.Range(0, headers.Length).Select(i => _rows.Max(r => r[i].Length))];
        foreach (string[] row in _rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }
}
