namespace Fleet.Lab.Lab.Commands;

/// <summary>How to start this program again.</summary>
public static class SelfCommand
{
    /// <summary>
    /// The running <c>fleet</c> executable with its leading arguments (the host <c>dotnet</c> needs the assembly); empty when another
    /// program hosts this library.
    /// </summary>
    public static IReadOnlyList<string> Fleet { get; } = Find();

    private static string[] Find()
    {
        string? process = Environment.ProcessPath;
        string assembly = Path.Combine(AppContext.BaseDirectory, "fleet.dll");
        if (process is null || System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name != "fleet")
        {
            return [];
        }

        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, assembly] : [process];
    }
}
