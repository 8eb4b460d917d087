using Fleet.Proxy.Engine;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// How the clients of an HTTP pool are let go without losing a request: each is told with its next reply that the connection ends there (in
/// HTTP/2 by a GOAWAY). A connection that is closed instead while its client begins a request would lose that request.
/// </summary>
internal sealed class HttpDrain(PublishedPool pool, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    private int _requests;
    private long _lastRequest;
    private volatile bool _isDraining;

    /// <summary>Counts a connection in and out.</summary>
    public ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        pool.CountClient(1);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            pool.CountClient(-1);
        }
    };

    /// <summary>Answers a request, with the end of its connection when that is due.</summary>
    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        context.Response.OnStarting(Mark, context.Response);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _lastRequest, time.GetTimestamp());
            Interlocked.Decrement(ref _requests);
        }
    }

    /// <summary>Lets every client go; returns when none is left, or no longer than a patience.</summary>
    /// <param name="patience">Longest wait.</param>
    /// <param name="quiet">Ends the wait when no request has come for so long: clients that are left ask nothing.</param>
    public async Task RunAsync(TimeSpan patience, TimeSpan quiet)
    {
        long start = time.GetTimestamp();
        Volatile.Write(ref _lastRequest, start);
        _isDraining = true;
        while (pool.Clients > 0 && time.GetElapsedTime(start) < patience
            && (Volatile.Read(ref _requests) > 0 || time.GetElapsedTime(Volatile.Read(ref _lastRequest)) < quiet))
        {
            await Task.Delay(LookInterval, time).ConfigureAwait(false);
        }
    }

    private Task Mark(object state)
    {
        var response = (HttpResponse)state;

        // A connection that becomes another protocol's says its own end.
        if (_isDraining && response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            if (HttpProtocol.IsHttp2(response.HttpContext.Request.Protocol))
            {
                response.HttpContext.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }
            else
            {
                response.Headers.Connection = "close";
            }
        }

        return Task.CompletedTask;
    }
}
