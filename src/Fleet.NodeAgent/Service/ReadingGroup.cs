using Fleet.V1;
using Grpc.Core;

namespace Fleet.NodeAgent.Service;

/// <summary>
/// Readings on their way to one watcher. Sending wakes threads of the host, which costs it more than a reading does, so readings that nobody
/// waits for go several at once, for as long as the watcher allows.
/// </summary>
internal sealed class ReadingGroup
{
    private static readonly WriteOptions Unsent = new(WriteFlags.BufferHint);

    private readonly ReadingStream _stream;
    private readonly int _most;
    private readonly List<NodeReading> _readings = [];
    private int _count;
    private Setting? _setting;
    private string _bypass = "";

    /// <param name="stream">Makes the readings.</param>
    /// <param name="interval">Between two of them; above zero.</param>
    /// <param name="mostDelay">How long one may be kept; less than two intervals: none is.</param>
    internal ReadingGroup(ReadingStream stream, TimeSpan interval, TimeSpan mostDelay) =>
        (_stream, _most) = (stream, Math.Max(1, (int)(mostDelay / interval)));

    /// <summary>Takes the reading that is due; true when the time has come to send.</summary>
    internal bool Take()
    {
        if (_count == _readings.Count)
        {
            _readings.Add(new NodeReading());
        }

        NodeReading reading = _readings[_count++];
        _stream.Next(reading);

        // A controller decides by these.
        bool urgent = reading.Exploring || reading.AgentEvent.Length > 0 || !ReferenceEquals(reading.Setting, _setting) || reading.Bypass != _bypass;
        (_setting, _bypass) = (reading.Setting, reading.Bypass);
        return urgent || _count == _most;
    }

    /// <summary>Sends all that was taken; nothing may be taken until it is done.</summary>
    internal async Task SendAsync(IServerStreamWriter<NodeReading> watcher)
    {
        double kept = 0;
        for (int i = _count - 1; i >= 0; i--)
        {
            _readings[i].KeptMs = kept;
            kept += _readings[i].DurationMs;
        }

        for (int i = 0; i < _count; i++)
        {
            watcher.WriteOptions = i == _count - 1 ? WriteOptions.Default : Unsent;
            await watcher.WriteAsync(_readings[i]);
        }

        _count = 0;
    }
}
