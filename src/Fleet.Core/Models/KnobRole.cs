using Fleet.Core.Knobs;

namespace Fleet.Core.Models;

/// <summary>What physics says about a knob before anything is measured. A wrong guess costs trials, not correctness.</summary>
internal enum KnobRole
{
    /// <summary>Nothing is known.</summary>
    Other,

    /// <summary>Work waits for up to the knob's value: latency gains about that much, and batches save power.</summary>
    Delay,

    /// <summary>A clock: more is faster and dearer.</summary>
    Clock,
}

/// <summary>Reads a knob's role from its unit, which its name ends with.</summary>
internal static class KnobRoles
{
    /// <summary>The role of a knob.</summary>
    public static KnobRole Of(Knob knob)
    {
        if (knob.Scale == KnobScale.Linear && knob.LegalValues.Length >= 2 && EndsWith(knob.Name, "mhz", "khz", "ghz", "_hz"))
        {
            return KnobRole.Clock;
        }

        // Two values are a switch (a suspension on or off), not a delay to tune.
        return knob.Scale == KnobScale.Log && knob.LegalValues.Count(v => v > 0) >= 3 && MicrosecondsPerUnit(knob.Name) is not null
            ? KnobRole.Delay
            : KnobRole.Other;
    }

    /// <summary>Microseconds in one unit of a knob of time; null for other knobs.</summary>
    public static double? MicrosecondsPerUnit(string name) => name switch
    {
        _ when EndsWith(name, "_us", "usecs", "usec") => 1,
        _ when EndsWith(name, "_ns", "nsecs", "nsec") => 1e-3,
        _ when EndsWith(name, "_ms", "msecs", "msec") => 1e3,
        _ => null,
    };

    private static bool EndsWith(string name, params ReadOnlySpan<string> suffixes)
    {
        foreach (string suffix in suffixes)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
