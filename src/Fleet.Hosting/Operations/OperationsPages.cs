using Fleet.Hosting.Metrics;
using Microsoft.AspNetCore.Http;

namespace Fleet.Hosting.Operations;

/// <summary>What operators and their tools read of a service: /metrics, /healthz (alive), /readyz (can work). Nothing can be changed.</summary>
internal sealed class OperationsPages : IDisposable
{
    private readonly MetricsCollector _collector;
    private readonly MetricsPage _metrics;
    private readonly ServiceHealth _health;

    internal OperationsPages(ServiceMeter meter, ServiceHealth health)
    {
        (_collector, _health) = (new MetricsCollector(meter), health);
        _metrics = new MetricsPage(_collector);
    }

    /// <summary>Answers a request; 404 for any other page.</summary>
    internal Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Get;
            return Task.CompletedTask;
        }

        switch (context.Request.Path.Value)
        {
            case "/metrics":
                return _metrics.WriteAsync(context);
            case "/healthz":
                return WriteAsync(context, "alive", _health.LivenessProblems());
            case "/readyz":
                return WriteAsync(context, "ready", _health.ReadinessProblems());
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _collector.Dispose();

    private static Task WriteAsync(HttpContext context, string good, IReadOnlyList<string> problems)
    {
        context.Response.StatusCode = problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(problems.Count == 0 ? good + "\n" : string.Join("\n", problems) + "\n");
    }
}
