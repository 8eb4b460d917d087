using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Fleet.Testing;

/// <summary>A log that keeps every message with its id.</summary>
public sealed class LogList : ILoggerFactory, ILogger
{
    /// <summary>What was logged, the oldest first.</summary>
    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Messages { get; } = [];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
        // It is the only one.
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue((eventId.Id, logLevel, formatter(state, exception)));

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }
}
