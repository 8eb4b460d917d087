namespace Fleet.Lab.Load;

/// <summary>How often each key is asked for.</summary>
public enum KeyPopularity
{
    /// <summary>Every key equally often.</summary>
    Uniform,

    /// <summary>Key of rank r in proportion to 1 / r^s (<see cref="LoadOptions.ZipfExponent"/>).</summary>
    Zipf,
}
