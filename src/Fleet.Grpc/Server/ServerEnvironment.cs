using Grpc.AspNetCore.Server;
using Microsoft.Extensions.Logging;

namespace Fleet.Grpc.Server;

/// <summary>What the calls of a service share.</summary>
/// <param name="Options">Limits and encodings.</param>
/// <param name="Time">Clock of deadlines.</param>
/// <param name="Logger">Logger of the service.</param>
/// <param name="Stopping">Cancelled when the host begins to stop.</param>
internal sealed record ServerEnvironment(GrpcServiceOptions Options, TimeProvider Time, ILogger Logger, CancellationToken Stopping);
