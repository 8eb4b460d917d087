using System.Globalization;
using System.Text.RegularExpressions;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Docs;

/// <summary>
/// Runs the commands of a page as they stand there, in a folder of their own: only addresses, folders of the system and the network device are
/// replaced by the sandbox's, the same one by the same one everywhere. A service runs until the paragraph ends; everything else must
/// succeed.
/// </summary>
internal sealed partial class DocumentedCommands : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Services = new(StringComparer.Ordinal)
    {
        ["proxy"] = "listens on", ["controller"] = "listening", ["agent"] = "listens on",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, int> _ports = [];
    private readonly List<ServiceProcess> _running = [];
    private readonly Dictionary<string, string> _variables;
    private readonly string _device;

    public DocumentedCommands(string device)
    {
        _device = device;
        string controller = Localized("127.0.0.1:7400");
        Directory.CreateDirectory(_folder.File("var"));
        Directory.CreateDirectory(_folder.File("run"));
        _variables = new()
        {
            ["FLEET_CONTROLLER"] = controller,
            ["FLEET_CONTROLLER_LISTEN"] = controller,
            ["FLEET_CONTROLLER_PAGE_LISTEN"] = "none",
            ["FLEET_CONTROLLER_METRICS_LISTEN"] = "none",
            ["FLEET_PROXY_METRICS_LISTEN"] = "none",
            ["FLEET_AGENT_METRICS_LISTEN"] = "none",
            ["FLEET_AGENT_JOURNAL"] = _folder.File("run/journal"),
        };
    }

    /// <summary>What ran, line by line.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>The shell blocks of a page.</summary>
    public static string[] Blocks(string page) =>
        [.. ShellBlock().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, page))).Select(m => m.Groups[1].Value)];

    /// <summary>A port of the sandbox for one of the page.</summary>
    public int Port(int documented)
    {
        string text = documented.ToString(CultureInfo.InvariantCulture);
        return _ports.TryGetValue(text, out int port) ? port : _ports[text] = Ports.Free(1)[0];
    }

    /// <summary>Puts a file where the commands look for it, with the sandbox's addresses.</summary>
    public void Write(string name, string content) => File.WriteAllText(_folder.File(name), Localized(content));

    /// <summary>Starts a server that a page takes for granted.</summary>
    public void StartMemcached(int documented) => _running.Add(ServiceProcess.Program(
        "/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-t", "1", "-p", Port(documented).ToString(CultureInfo.InvariantCulture)));

    /// <summary>Runs a block paragraph by paragraph.</summary>
    public async Task RunAsync(string block)
    {
        foreach (string paragraph in block.Split("\n\n"))
        {
            int before = _running.Count;
            foreach (string line in paragraph.Split('\n').Select(l => Comment().Replace(l, "").Trim()).Where(l => l.Length > 0))
            {
                await RunLineAsync(line);
            }

            await EndAsync(before);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(0);
        _folder.Dispose();
    }

    private async Task RunLineAsync(string line)
    {
        string[] words = Localized(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        words[0].ShouldBe("./fleet", $"a command that the test does not know: {line}");
        var command = ServiceProcess.FleetIn(_folder.Path, _variables, words[1..]);
        _running.Add(command);
        Ran.Add(line);
        if (Services.TryGetValue(words[1], out string? word))
        {
            await command.SaysAsync(word);
        }
        else if (words.Contains("--watch"))
        {
            await command.SaysAsync("cache");

            // Not INT, as a reader would: what a shell started in the background ignores it.
            command.Terminate();
            await command.ExitAsync();
        }
        else
        {
            (await command.ExitAsync()).ShouldBe(0, $"{line}\n{command.Said}");
        }
    }

    private async Task EndAsync(int from)
    {
        for (int i = _running.Count - 1; i >= from; i--)
        {
            if (!_running[i].HasExited)
            {
                _running[i].Terminate();
                await _running[i].ExitAsync();
            }

            await _running[i].DisposeAsync();
            _running.RemoveAt(i);
        }
    }

    private string Localized(string text) => Address()
        .Replace(text, m => $"{m.Groups[1].Value}:{Port(int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))}")
        .Replace("/var/lib/fleet", _folder.File("var"), StringComparison.Ordinal)
        .Replace("/run/fleet", _folder.File("run"), StringComparison.Ordinal)
        .Replace("eth0", _device, StringComparison.Ordinal);

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(127\.\d+\.\d+\.\d+):(\d+)")]
    private static partial Regex Address();
}
