using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Fleet.Hosting.Logging;

/// <summary>Logs of all services: one line per entry on standard error, UTC times, no colours unless a person looks.</summary>
public static class ServiceLogging
{
    /// <summary>Name of the variable that turns colours off (no-color.org).</summary>
    private const string NoColor = "NO_COLOR";

    /// <summary>Sets the log up.</summary>
    public static void Configure(ILoggingBuilder logging)
    {
        ArgumentNullException.ThrowIfNull(logging);
        bool plain = Console.IsErrorRedirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NoColor));
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // A failed start is told once, by the command line, in words.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = plain ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>A factory of such logs, for code that runs before or outside of a server.</summary>
    public static ILoggerFactory CreateFactory() => LoggerFactory.Create(Configure);
}
