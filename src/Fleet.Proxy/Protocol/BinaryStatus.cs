namespace Fleet.Proxy.Protocol;

/// <summary>Outcomes of the binary protocol.</summary>
internal enum BinaryStatus : ushort
{
    Ok = 0x00,
    NotFound = 0x01,
    Exists = 0x02,
    TooLarge = 0x03,
    Invalid = 0x04,
    NotStored = 0x05,
    NotANumber = 0x06,
    AuthFailure = 0x20,
    UnknownCommand = 0x81,
    OutOfMemory = 0x82,
    Internal = 0x84,
    Temporary = 0x86,
}
