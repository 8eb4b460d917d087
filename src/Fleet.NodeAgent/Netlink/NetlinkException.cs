using System.Runtime.InteropServices;

namespace Fleet.NodeAgent.Netlink;

/// <summary>The kernel refused a netlink request, or the socket failed.</summary>
internal sealed class NetlinkException : IOException
{
    internal const int NoEntry = 2;
    internal const int NotPermitted = 1;
    internal const int NoDevice = 19;
    internal const int NotSupported = 95;

    /// <param name="error">errno, positive.</param>
    /// <param name="text">The kernel's own words (extended acknowledgement); null when it gave none.</param>
    internal NetlinkException(int error, string? text)
        : base(text is null ? Marshal.GetPInvokeErrorMessage(error) : $"{Marshal.GetPInvokeErrorMessage(error)}: {text}")
    {
        Error = error;
        KernelText = text;
    }

    /// <summary>errno, positive.</summary>
    internal int Error { get; }

    /// <summary>The extended acknowledgement's text.</summary>
    internal string? KernelText { get; }
}
