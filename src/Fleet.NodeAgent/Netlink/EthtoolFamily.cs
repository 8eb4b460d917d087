namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// Interrupt coalescing through the generic netlink family <c>ethtool</c> (Documentation/networking/ethtool-netlink.rst, Linux 5.6 and
/// newer). A GET omits what the driver does not support, so it is the probe as well; errors carry the kernel's own words.
/// </summary>
internal sealed class EthtoolFamily : ICoalesceChannel
{
    private const byte CoalesceGet = 19;
    private const byte CoalesceSet = 20;
    private const ushort Header = 1;
    private const ushort HeaderDeviceName = 2;

    /// <summary>ETHTOOL_A_COALESCE_* by parameter; the adaptive switches are one byte, the rest four.</summary>
    private static readonly (CoalesceParameter Parameter, ushort Attribute, bool IsSwitch)[] Attributes =
    [
        (CoalesceParameter.RxUsecs, 2, false),
        (CoalesceParameter.RxMaxFrames, 3, false),
        (CoalesceParameter.TxUsecs, 6, false),
        (CoalesceParameter.TxMaxFrames, 7, false),
        (CoalesceParameter.AdaptiveRx, 11, true),
        (CoalesceParameter.AdaptiveTx, 12, true),
    ];

    private readonly GenericNetlinkSocket _socket;
    private readonly ushort _family;

    private EthtoolFamily(GenericNetlinkSocket socket, ushort family)
    {
        _socket = socket;
        _family = family;
    }

    /// <inheritdoc/>
    public string Name => "ethtool netlink";

    /// <summary>Opens the family in the calling thread's network namespace; null when the kernel does not have it.</summary>
    internal static EthtoolFamily? Open()
    {
        var socket = GenericNetlinkSocket.Open();
        if (socket.ResolveFamily("ethtool") is { } id)
        {
            return new EthtoolFamily(socket, id);
        }

        socket.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<CoalesceParameter, uint> Get(string device)
    {
        NetlinkAttributes? answer = _socket.Request(_family, CoalesceGet, dump: false, w => Address(w, device)).FirstOrDefault();
        var values = new Dictionary<CoalesceParameter, uint>();
        foreach ((CoalesceParameter parameter, ushort attribute, _) in Attributes)
        {
            if (answer?.Unsigned(attribute) is { } value)
            {
                values[parameter] = (uint)value;
            }
        }

        return values;
    }

    /// <inheritdoc/>
    public void Set(string device, IReadOnlyDictionary<CoalesceParameter, uint> values) =>
        _ = _socket.Request(_family, CoalesceSet, dump: false, w =>
        {
            Address(w, device);
            foreach ((CoalesceParameter parameter, ushort attribute, bool isSwitch) in Attributes)
            {
                if (values.TryGetValue(parameter, out uint value))
                {
                    _ = isSwitch ? w.U8(attribute, (byte)value) : w.U32(attribute, value);
                }
            }
        });

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void Address(NetlinkWriter writer, string device) => writer.Nested(Header, h => h.Text(HeaderDeviceName, device));
}
