using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The kernel's lists of cores, such as <c>0-3,8</c>.</summary>
internal static class CpuList
{
    private const int MostCores = 8192;

    /// <summary>The cores of a list; what is no number is left out.</summary>
    internal static IEnumerable<int> Parse(string text)
    {
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                && last < MostCores)
            {
                for (int core = first; core <= last; core++)
                {
                    yield return core;
                }
            }
        }
    }
}
