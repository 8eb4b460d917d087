using System.Diagnostics;
using System.Globalization;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Bench.Failover;

/// <summary>
/// Network namespaces of one run: one for everything that is not a controller, and one per controller, each on a link of its own that can be
/// cut. Nothing outside of them is touched.
/// </summary>
internal sealed class FailoverSpaces : IDisposable
{
    /// <summary>Address of the database, the agents and the proxy.</summary>
    public const string Hub = "10.99.0.1";

    /// <summary>The networks that controllers come from.</summary>
    public const string Networks = "10.99.0.0/16";

    private readonly string _prefix;

    private FailoverSpaces(string prefix) => _prefix = prefix;

    /// <summary>Name of the namespace of everything that is not a controller.</summary>
    public string HubName => _prefix;

    /// <summary>The namespaces that <see cref="Create"/> made in another process.</summary>
    public static FailoverSpaces Of(string hubName) => new(hubName);

    /// <summary>Makes the namespaces.</summary>
    /// <exception cref="StartupException">The host does not let.</exception>
    public static FailoverSpaces Create(int controllers)
    {
        var spaces = new FailoverSpaces(string.Create(CultureInfo.InvariantCulture, $"fleet-fo-{Environment.ProcessId}"));
        try
        {
            spaces.Do($"netns add {spaces._prefix}");
            spaces.Do($"-n {spaces._prefix} link set lo up");
            spaces.Do($"-n {spaces._prefix} address add {Hub}/32 dev lo");
            for (int i = 0; i < controllers; i++)
            {
                spaces.Do($"netns add {spaces.Controller(i)}");
                spaces.Do($"-n {spaces.Controller(i)} link set lo up");
                spaces.Do($"-n {spaces._prefix} link add {Link(i)} type veth peer name up0 netns {spaces.Controller(i)}");
                spaces.Do($"-n {spaces._prefix} address add 10.99.{i + 1}.1/24 dev {Link(i)}");
                spaces.Do($"-n {spaces.Controller(i)} address add 10.99.{i + 1}.2/24 dev up0");
                spaces.Do($"-n {spaces._prefix} link set {Link(i)} up");
                spaces.Do($"-n {spaces.Controller(i)} link set up0 up");
                spaces.Do($"-n {spaces.Controller(i)} route add default via 10.99.{i + 1}.1");
            }

            return spaces;
        }
        catch
        {
            spaces.Dispose();
            throw;
        }
    }

    /// <summary>Namespace of a controller.</summary>
    public string Controller(int controller) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}-c{controller}");

    /// <summary>Cuts a controller off, or joins it again.</summary>
    public void Cut(int controller, bool off)
    {
        // The controller's own end: its route goes and comes with the link.
        Do($"-n {Controller(controller)} link set up0 {(off ? "down" : "up")}");
        if (!off)
        {
            Do(string.Create(CultureInfo.InvariantCulture, $"-n {Controller(controller)} route replace default via 10.99.{controller + 1}.1"));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string name in Names())
        {
            Run("ip", ["netns", "del", name]);
        }
    }

    private IEnumerable<string> Names() => !Directory.Exists("/run/netns") ? [] : Directory.GetFiles("/run/netns")
        .Select(f => Path.GetFileName(f)).Where(n => n == _prefix || n.StartsWith(_prefix + "-c", StringComparison.Ordinal));

    private static string Link(int controller) => string.Create(CultureInfo.InvariantCulture, $"c{controller}");

    private void Do(string command)
    {
        if (Run("ip", command.Split(' ')) is { } problem)
        {
            throw new StartupException($"'ip {command}' failed: {problem}; the benchmark needs root and iproute2");
        }
    }

    private static string? Run(string program, string[] words)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
