using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Fleet.Controller.Dashboard;

/// <summary>Sends a view again and again as server-sent events: at once, then every second, until the browser or the controller leaves.</summary>
internal static class PageStream
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Runs the stream.</summary>
    /// <param name="context">The request.</param>
    /// <param name="view">Makes the present view; null when its subject is gone, which ends the stream.</param>
    /// <param name="time">Timers.</param>
    /// <param name="stopping">Cancelled when the controller stops.</param>
    public static async Task RunAsync(
        HttpContext context, Func<CancellationToken, Task<object?>> view, TimeProvider time, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                object? now = await view(end.Token).ConfigureAwait(false);
                string data = now is null ? "event: gone\ndata: {}\n\n" : $"data: {JsonSerializer.Serialize(now, PageJson.Options)}\n\n";
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(data), end.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                if (now is null)
                {
                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The browser left or the controller stops: the end of the stream.
        }
    }
}
