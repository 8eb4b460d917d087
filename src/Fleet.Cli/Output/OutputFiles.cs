namespace Fleet.Cli.Output;

/// <summary>Looks at a file that a long command writes in the end before it starts.</summary>
internal static class OutputFiles
{
    /// <summary>Why the file cannot be written; empty when its folder is there and it is no folder itself.</summary>
    public static IEnumerable<string> Problems(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (Directory.Exists(path))
        {
            yield return $"{path} is a folder; give a file";
        }
        else if (!Directory.Exists(folder))
        {
            yield return $"{path}: the folder {folder} does not exist; make it first";
        }
    }
}
