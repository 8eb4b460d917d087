using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Tests.Lab;

/// <summary>Everything of the machine that the lab touches, for comparison before and after.</summary>
internal sealed record MachineState(string Namespaces, string Links, string Routes, string Settings, string Processes)
{
    internal static async Task<MachineState> ReadAsync(CancellationToken ct) => new(
        string.Join('\n', (await HostCommand.RunAsync("ip netns list", ct)).Split('\n')
            .Where(n => n.StartsWith("fleet-lab", StringComparison.Ordinal))),
        string.Join('\n', Directory.EnumerateFileSystemEntries("/sys/class/net")
            .Where(d => d.Contains("lab", StringComparison.Ordinal)).Order()),
        await HostCommand.RunAsync("ip route show", ct),
        File.ReadAllText("/proc/sys/net/ipv4/tcp_autocorking"),
        string.Join('\n', MemcachedOfLabs()));

    private static IEnumerable<string> MemcachedOfLabs()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string? line = null;
            try
            {
                line = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }

            if (line is not null && (line.Contains(" 198.18.", StringComparison.Ordinal)
                || line.Contains("fleet-lab-", StringComparison.Ordinal)))
            {
                yield return line;
            }
        }
    }
}
