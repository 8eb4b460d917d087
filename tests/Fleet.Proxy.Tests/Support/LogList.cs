using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Tests.Support;

/// <summary>Keeps every message with its id.</summary>
internal sealed class LogList : ILoggerFactory, ILogger
{
    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It is the only one.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue((eventId.Id, logLevel, formatter(state, exception)));

    public void Dispose()
    {
        // Holds nothing.
    }
}
