namespace Fleet.Lab.Lab.Commands;

/// <summary>Finds libfleet-busypoll.so.</summary>
public static class BusyPollLibrary
{
    private const string File = "libfleet-busypoll.so";

    /// <summary>
    /// Path beside the program, or in <c>artifacts/native</c> of the checkout that the program was built from; null when not built.
    /// </summary>
    public static string? Find()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, File);
        if (System.IO.File.Exists(beside))
        {
            return beside;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string built = Path.Combine(folder.FullName, "artifacts", "native", File);
            if (System.IO.File.Exists(built))
            {
                return built;
            }
        }

        return null;
    }
}
