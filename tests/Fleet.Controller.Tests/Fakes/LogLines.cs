using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines : ILogger
{
    public List<(int Id, string Text)> All { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        All.Add((eventId.Id, formatter(state, exception)));
}
