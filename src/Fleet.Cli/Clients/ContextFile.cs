using Fleet.Hosting.Errors;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Fleet.Cli.Clients;

/// <summary>The contexts of one person: a YAML file that names fleets, and the one in use.</summary>
internal sealed class ContextFile
{
    private const string Variable = "FLEET_CONFIG";

    private readonly Document _document;
    private readonly string _path;

    private ContextFile(string path, Document document) => (_path, _document) = (path, document);

    /// <summary>Every context.</summary>
    public IReadOnlyList<CliContext> All => _document.Contexts;

    /// <summary>Name of the context in use; empty when none.</summary>
    public string Current => _document.CurrentContext;

    /// <summary>Reads the file that FLEET_CONFIG names, else ~/.config/fleet/config.yaml; a missing file holds nothing.</summary>
    /// <exception cref="StartupException">The file is malformed or cannot be read.</exception>
    public static ContextFile Read()
    {
        string path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "fleet", "config.yaml");
        try
        {
            string text = File.Exists(path) ? File.ReadAllText(path) : "";
            IDeserializer yaml = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build();
            return new ContextFile(path, yaml.Deserialize<Document?>(text) ?? new Document());
        }
        catch (YamlException malformed)
        {
            throw new StartupException(
                $"context file {path}: line {malformed.Start.Line}: {malformed.Message}; correct it, or name another with {Variable}", malformed);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"context file {path}: {failure.Message.TrimEnd('.')}; name another with {Variable}", failure);
        }
    }

    /// <summary>The named context, or the one in use; null without a name and without one in use.</summary>
    /// <exception cref="StartupException">There is no such context.</exception>
    public CliContext? Find(string? name)
    {
        string wanted = name ?? Current;
        return wanted.Length == 0
            ? null
            : All.FirstOrDefault(c => c.Name == wanted) ?? throw new StartupException(
                $"context '{wanted}' does not exist in {_path}{NearestName.Suggestion(wanted, All.Select(c => c.Name))}; "
                + "'fleet context list' shows the contexts, 'fleet context set' makes one");
    }

    /// <summary>Adds or replaces a context; the first one is in use from then on.</summary>
    public void Set(CliContext context)
    {
        _document.Contexts.RemoveAll(c => c.Name == context.Name);
        _document.Contexts.Add(context);
        _document.CurrentContext = Current.Length == 0 ? context.Name : Current;
        Write();
    }

    /// <summary>Uses a context from now on.</summary>
    /// <exception cref="StartupException">There is no such context.</exception>
    public void Use(string name)
    {
        _document.CurrentContext = Find(name)!.Name;
        Write();
    }

    /// <summary>Forgets a context.</summary>
    /// <exception cref="StartupException">There is no such context.</exception>
    public void Delete(string name)
    {
        _document.Contexts.Remove(Find(name)!);
        _document.CurrentContext = Current == name ? "" : Current;
        Write();
    }

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        ISerializer yaml = new SerializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).Build();
        string temporary = _path + ".tmp";
        File.WriteAllText(temporary, yaml.Serialize(_document));
        File.Move(temporary, _path, overwrite: true);
    }

    private sealed class Document
    {
        public string CurrentContext { get; set; } = "";

        public List<CliContext> Contexts { get; set; } = [];
    }
}
