using System.Diagnostics;
using System.Globalization;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Support;

/// <summary>
/// A shell that outlives this process by a moment: it reads what this process made and ended, and when the pipe closes, however this
/// process ends, kills and deletes the rest.
/// </summary>
internal static class Reaper
{
    private const string DevicePrefix = "fd";

    private const string Script =
        """
        trap '' HUP INT TERM
        while read -r what name; do
            case $what in
                process) processes="$processes $name" ;;
                device) devices="$devices $name" ;;
                ended) processes=$(printf '%s\n' $processes | grep -vx "$name") ;;
            esac
        done
        for process in $processes; do kill -9 "$process"; done 2>/dev/null
        for device in $devices; do ip link del "$device"; done 2>/dev/null
        """;

    private static readonly Lock Gate = new();
    private static readonly Process Shell = Start(Script);

    /// <summary>The name of a device of this process; the process's id in it tells a later run whether its maker still lives.</summary>
    public static string DeviceName(int index) => string.Create(CultureInfo.InvariantCulture, $"{DevicePrefix}{index}{Environment.ProcessId}");

    public static void Made(string device) => Say("device", device);

    public static void Started(int process) => Say("process", process.ToString(CultureInfo.InvariantCulture));

    public static void Ended(int process) => Say("ended", process.ToString(CultureInfo.InvariantCulture));

    /// <summary>Deletes the devices of earlier runs that were killed together with their reaper.</summary>
    public static async Task DeleteLeftoversAsync(string ip)
    {
        foreach (string path in Directory.GetFileSystemEntries("/sys/class/net", DevicePrefix + "*"))
        {
            string device = Path.GetFileName(path);
            if (device.Length > 3 && int.TryParse(device.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int maker)
                && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{maker}")))
            {
                await Tool.RunAsync(ip, ["link", "del", device]);
            }
        }
    }

    private static void Say(string what, string name)
    {
        lock (Gate)
        {
            Shell.StandardInput.WriteLine($"{what} {name}");
        }
    }

    private static Process Start(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true };
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        return Process.Start(start)!;
    }
}
