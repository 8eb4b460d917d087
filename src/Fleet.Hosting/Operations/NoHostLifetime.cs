using Microsoft.Extensions.Hosting;

namespace Fleet.Hosting.Operations;

/// <summary>The process's signals belong to the command line, not to a server inside it.</summary>
public sealed class NoHostLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
