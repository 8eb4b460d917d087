using Fleet.Testing;

namespace Fleet.Deploy.Tests.Support;

/// <summary>Network devices with knobs, which go with the test that made them.</summary>
internal sealed class TestDevices : IAsyncDisposable
{
    private readonly List<string> _names = [];

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>
    /// Makes some. A veth whose receiving side merges packets runs NAPI, so it has the knobs that a network card has; its other end has the
    /// name with a p at the end.
    /// </summary>
    /// <param name="first">Number of the first; tests that run at one time take different ones.</param>
    /// <param name="count">How many.</param>
    /// <returns>Why there are none; null when there are.</returns>
    public async Task<string?> AddAsync(int first, int count)
    {
        if (Tool.Find("ip") is not { } ip)
        {
            return Tool.Missing("ip");
        }

        await Reaper.DeleteLeftoversAsync(ip);
        for (int i = 0; i < count; i++)
        {
            string device = Reaper.DeviceName(first + i);
            Reaper.Made(device);
            _names.Add(device);
            foreach (string command in (string[])
                [$"ip link add {device} type veth peer name {device}p", $"ethtool -K {device} gro on",
                    $"ip link set {device}p up", $"ip link set {device} up"])
            {
                string[] words = command.Split(' ');
                if (Tool.Find(words[0]) is not { } program)
                {
                    return Tool.Missing(words[0]);
                }

                (int exitCode, string said) = await Tool.RunAsync(program, words[1..]);
                if (exitCode != 0)
                {
                    return $"no network device can be made here: {command}: {said.Trim()}";
                }
            }

            await File.WriteAllTextAsync($"/sys/class/net/{device}/threaded", "1");
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (string device in _names)
        {
            await Tool.RunAsync(Tool.Find("ip")!, ["link", "del", device]);
        }

        _names.Clear();
    }
}
