using System.Buffers;
using Fleet.Hosting.Metrics;
using Microsoft.AspNetCore.Http;

namespace Fleet.Hosting.Operations;

/// <summary>
/// Answers scrapes from a buffer that is kept: a text of megabytes that is allocated anew with each scrape is a collection of the whole heap
/// with every few of them, in a service whose requests would wait for it.
/// </summary>
internal sealed class MetricsPage(MetricsCollector collector)
{
    private const int FirstBytes = 1 << 16;

    /// <summary>The kept buffer while no scrape has it. A scrape beside another (which may read slowly) takes one of its own.</summary>
    private ArrayBufferWriter<byte>? _spare;

    /// <summary>Writes the present values in the format that the caller accepts.</summary>
    internal async Task WriteAsync(HttpContext context)
    {
        bool open = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.Ordinal);
        ArrayBufferWriter<byte> body = Interlocked.Exchange(ref _spare, null) ?? new ArrayBufferWriter<byte>(FirstBytes);
        body.ResetWrittenCount();
        new Exposition(body, open).Write(collector.Collect());
        context.Response.ContentType = open ? Exposition.OpenMetricsType : Exposition.TextType;
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        _spare = body;
    }
}
