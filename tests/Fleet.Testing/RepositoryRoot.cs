namespace Fleet.Testing;

/// <summary>Finds the checkout that the tests were built from.</summary>
public static class RepositoryRoot
{
    /// <summary>Folder that holds Fleet.sln.</summary>
    public static string Path { get; } = Find();

    /// <summary>Path of a published measurement beside the checkout, or null with the reason when it is absent.</summary>
    public static string? SharedData(string file, out string reason)
    {
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "..", "shared", "data", file));
        reason = $"the published measurement {file} is not beside the checkout (../shared/data)";
        return File.Exists(path) ? path : null;
    }

    private static string Find()
    {
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(dir.FullName, "Fleet.sln")))
            {
                return dir.FullName;
            }
        }

        throw new InvalidOperationException("Fleet.sln not found above " + AppContext.BaseDirectory);
    }
}
