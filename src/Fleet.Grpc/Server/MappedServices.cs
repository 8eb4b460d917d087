using Google.Protobuf.Reflection;

namespace Fleet.Grpc.Server;

/// <summary>The services that a host has mapped, for reflection and for the answer to unknown ones.</summary>
internal sealed class MappedServices
{
    private readonly List<ServiceDescriptor> _descriptors = [];
    private readonly Lock _lock = new();
    private bool _unknownMapped;

    public IReadOnlyList<ServiceDescriptor> Descriptors
    {
        get
        {
            lock (_lock)
            {
                return [.. _descriptors];
            }
        }
    }

    public void Add(ServiceDescriptor descriptor)
    {
        lock (_lock)
        {
            if (!_descriptors.Contains(descriptor))
            {
                _descriptors.Add(descriptor);
            }
        }
    }

    /// <summary>True the first time only: one endpoint answers for every unknown service.</summary>
    public bool TryClaimUnknown()
    {
        lock (_lock)
        {
            return !_unknownMapped && (_unknownMapped = true);
        }
    }
}
