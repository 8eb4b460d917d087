using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Fleet.Proxy.Native;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy.Handover;

/// <summary>
/// The process that takes over from this one: the same command line, started again, so it is the program that lies on disk now and the
/// configuration that stands in its files now.
/// </summary>
internal sealed unsafe class Successor : IDisposable
{
    /// <summary>Names the descriptor of the channel to the started process.</summary>
    public const string Variable = "FLEET_HANDOVER_FD";

    /// <summary>Version of the messages; a successor of another version is refused.</summary>
    public const byte Version = 2;

    private const int PatienceMs = 60_000;

    // Read while the program's file is the one that runs: after an upgrade the kernel calls it deleted.
    private static readonly string Program = Environment.ProcessPath!;
    private static readonly byte[] CommandLine = File.ReadAllBytes("/proc/self/cmdline");

    private readonly HandoverChannel _channel;

    private Successor(HandoverChannel channel, int pid) => (_channel, Pid) = (channel, pid);

    /// <summary>Its process.</summary>
    public int Pid { get; }

    /// <summary>Makes sure that what a hand-over needs is known before the program's files may change.</summary>
    public static void Prepare() => _ = Program.Length + CommandLine.Length + StateFile.Format([]).Length;

    /// <summary>Starts the process.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static Successor Start()
    {
        (HandoverChannel channel, int theirs) = HandoverChannel.CreatePair();
        try
        {
            return new Successor(channel, Spawn(theirs));
        }
        catch
        {
            channel.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.Close(theirs);
        }
    }

    /// <summary>Waits until the process has read its configuration and asks for what this one has.</summary>
    /// <exception cref="IOException">It ended, or speaks another version.</exception>
    /// <exception cref="TimeoutException">It says nothing.</exception>
    public void AwaitHello()
    {
        HandoverMessage hello = Await(HandoverKind.Hello);
        if (hello.Payload is not [Version, ..])
        {
            throw new IOException("the new program speaks another version of the hand-over; restart the proxy instead");
        }
    }

    /// <summary>Gives what a start needs.</summary>
    public void Give(IEnumerable<PoolRecord> pools, IEnumerable<(string PoolId, IPEndPoint Bound, int Descriptor)> listeners)
    {
        _channel.Send(HandoverKind.Pools, StateFile.Format(pools));
        foreach ((string poolId, IPEndPoint bound, int descriptor) in listeners)
        {
            _channel.Send(HandoverKind.Listener, Encoding.UTF8.GetBytes($"{poolId}\n{bound}"), descriptor);
        }

        _channel.Send(HandoverKind.Ready, []);
    }

    /// <summary>Waits until the process serves.</summary>
    /// <exception cref="IOException">It ended.</exception>
    /// <exception cref="TimeoutException">It says nothing.</exception>
    public void AwaitServing() => _ = Await(HandoverKind.Serving);

    /// <summary>Gives a connection away and closes it here.</summary>
    /// <exception cref="IOException">The process ended.</exception>
    public void Give(Handed connection)
    {
        try
        {
            connection.SendOn(_channel);
        }
        finally
        {
            connection.Close();
        }
    }

    /// <summary>Ends the hand-over: the process hears that nothing more comes.</summary>
    public void Dispose() => _channel.Dispose();

    /// <summary>Takes the end of a process that did not take over off the system's list.</summary>
    public void Reap()
    {
        int status;
        _ = HandoverCalls.WaitForChild(Pid, &status, HandoverCalls.DoNotWait);
    }

    private HandoverMessage Await(HandoverKind kind)
    {
        HandoverMessage message = _channel.Receive(PatienceMs);
        return message.Kind == kind ? message : throw new IOException("the new process ended; its own output says why");
    }

    private static int Spawn(int channel)
    {
        string[] arguments = Encoding.UTF8.GetString(CommandLine).TrimEnd('\0').Split('\0');
        var variables = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{Variable}={channel}") };
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            // The watchdog's time holds for whoever is the main process; its process id only for this one.
            if (variable.Key is not "WATCHDOG_PID")
            {
                variables.Add($"{variable.Key}={variable.Value}");
            }
        }

        byte*[] argv = Native(arguments);
        byte*[] envp = Native(variables);
        byte* path = (byte*)Marshal.StringToCoTaskMemUTF8(Program);
        try
        {
            int pid;
            fixed (byte** argvStart = argv, envpStart = envp)
            {
                int error = HandoverCalls.Spawn(&pid, path, null, null, argvStart, envpStart);
                return error == 0 ? pid : throw new IOException($"{Program} cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
        finally
        {
            Free([.. argv, .. envp, path]);
        }
    }

    private static byte*[] Native(IReadOnlyList<string> texts)
    {
        byte*[] native = new byte*[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            native[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return native;
    }

    private static void Free(byte*[] texts)
    {
        foreach (byte* text in texts)
        {
            Marshal.FreeCoTaskMem((nint)text);
        }
    }
}
