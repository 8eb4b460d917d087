using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.RateLimiting;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Security;

/// <summary>Stands before every call: finds the caller, holds it to its role and to the limits.</summary>
internal sealed partial class CallGuard : IAsyncDisposable
{
    private static readonly TimeSpan Refill = TimeSpan.FromMilliseconds(100);

    private readonly CallLimits _limits;
    private readonly ILogger _logger;

    // One bucket a caller (a certificate's name, or this host), filled up when it is asked: a partitioned limiter would wake the process
    // ten times a second, which is most of what an idle agent costs.
    private readonly ConcurrentDictionary<string, TokenBucketRateLimiter> _rates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _streams = new(StringComparer.Ordinal);

    /// <summary>A guard with limits.</summary>
    public CallGuard(CallLimits limits, ILogger logger) => (_limits, _logger) = (limits, logger);

    /// <summary>Lets the request through or refuses it.</summary>
    public async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        Caller caller = Caller.Identify(http);
        string path = http.Request.Path.Value ?? "";
        string who = ReferenceEquals(caller, Caller.Local) ? "local" : $"certificate {caller.Name}";
        if (!AccessRules.Allow(path, caller.Role))
        {
            string role = caller.Role.ToString().ToLowerInvariant();
            Refused(_logger, caller.Name, role, path);
            string least = AccessRules.Least(path).ToString().ToLowerInvariant();
            await RefuseAsync(http, StatusCode.PermissionDenied, $"'{caller.Name}' has role {role}; {path} needs {least} or more")
                .ConfigureAwait(false);
            return;
        }

        TokenBucketRateLimiter bucket = _rates.GetOrAdd(who, _ => Bucket());
        _ = bucket.TryReplenish();
        using RateLimitLease lease = bucket.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            string message = string.Create(
                CultureInfo.InvariantCulture, $"{who} makes more than {_limits.CallsPerSecond} calls per second; wait a second");
            await RefuseAsync(http, StatusCode.ResourceExhausted, message).ConfigureAwait(false);
            return;
        }

        bool isStream = path[(path.LastIndexOf('/') + 1)..].StartsWith("Watch", StringComparison.Ordinal);
        if (isStream && _streams.AddOrUpdate(who, 1, (_, open) => open + 1) > _limits.Streams)
        {
            Leave(who);
            string message = string.Create(
                CultureInfo.InvariantCulture, $"{who} has {_limits.Streams} streams open, the most that one caller may have; close one");
            await RefuseAsync(http, StatusCode.ResourceExhausted, message).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            if (isStream)
            {
                Leave(who);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (TokenBucketRateLimiter bucket in _rates.Values)
        {
            await bucket.DisposeAsync().ConfigureAwait(false);
        }
    }

    private TokenBucketRateLimiter Bucket() => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = _limits.Burst,
        TokensPerPeriod = Math.Max(1, _limits.CallsPerSecond / 10),
        ReplenishmentPeriod = Refill,
        AutoReplenishment = false,
        QueueLimit = 0,
    });

    [LoggerMessage(513, LogLevel.Warning, "call of '{Caller}' with role {Role} to {Method} refused: the role does not allow it")]
    private static partial void Refused(ILogger logger, string caller, string role, string method);

    private void Leave(string who) => _streams.AddOrUpdate(who, 0, (_, open) => open - 1);

    // A response of headers only: the status of a call that no handler saw.
    private static Task RefuseAsync(HttpContext http, StatusCode code, string message)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = message };
        if (code == StatusCode.ResourceExhausted)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) }));
        }

        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = ((int)code).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["grpc-message"] = Uri.EscapeDataString(message);
        http.Response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray()).TrimEnd('=');
        return http.Response.CompleteAsync();
    }
}
