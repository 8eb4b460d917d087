using System.Net.Sockets;
using System.Text;
using Fleet.Hosting.Operations;

namespace Fleet.Hosting.Systemd;

/// <summary>
/// Tells systemd how the service stands (sd_notify(3)): READY, STOPPING, and WATCHDOG at half the watchdog's time, but only while the
/// service's loops make progress. Without NOTIFY_SOCKET it does nothing.
/// </summary>
public sealed class SystemdNotifier : IAsyncDisposable
{
    private readonly string? _socket;
    private readonly ServiceHealth _health;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watchdog;
    private volatile bool _handedOver;

    /// <summary>Creates the notifier from the variables that systemd sets.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="health">Whose liveness the watchdog reports.</param>
    /// <param name="time">Clock of the watchdog.</param>
    public SystemdNotifier(Func<string, string?> variable, ServiceHealth health, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(health);
        _health = health;
        _socket = variable("NOTIFY_SOCKET") is { Length: > 1 } path && path[0] is '/' or '@' ? variable("NOTIFY_SOCKET") : null;
        bool mine = variable("WATCHDOG_PID") is not { } pid || pid == $"{Environment.ProcessId}";
        _watchdog = _socket is not null && mine && long.TryParse(variable("WATCHDOG_USEC"), out long us) && us > 0
            ? WatchAsync(TimeSpan.FromMicroseconds(us / 2.0), time)
            : Task.CompletedTask;
    }

    /// <summary>The service works.</summary>
    public void Ready(string status) => Send($"READY=1\nMAINPID={Environment.ProcessId}\nSTATUS={status}");

    /// <summary>The service ends.</summary>
    public void Stopping() => Send("STOPPING=1\nSTATUS=finishing what is in flight");

    /// <summary>Another process is the service from now on; whatever this one would still say is not the service's word.</summary>
    public void HandedOver(int pid)
    {
        Send($"MAINPID={pid}");
        _handedOver = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watchdog.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeSpan period, TimeProvider time)
    {
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
        {
            IReadOnlyList<string> problems = _health.LivenessProblems();
            Send(problems.Count == 0 ? "WATCHDOG=1" : $"STATUS={string.Join("; ", problems)}");
        }
    }

    private void Send(string state)
    {
        if (_socket is null || _handedOver)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(_socket[0] == '@' ? "\0" + _socket[1..] : _socket));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // The manager is gone or restarts: the service goes on, and a watchdog that hears nothing does its part.
        }
    }
}
