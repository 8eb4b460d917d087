using System.Globalization;

namespace Fleet.Lab.Lab;

/// <summary>Finds the kernel thread that polls a server's device, by its name.</summary>
internal static class NapiThreads
{
    /// <summary>Pid of the thread; null when the device has none.</summary>
    internal static int? Find(int index) => Named(LabNames.NapiThreadPrefix(index));

    /// <summary>Pid of the thread of any device; null when it has none.</summary>
    internal static int? Find(string device) => Named($"napi/{device}-");

    private static int? Named(string prefix)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && Name(folder).StartsWith(prefix, StringComparison.Ordinal))
            {
                return pid;
            }
        }

        return null;
    }

    private static string Name(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "comm"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
