using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Fleet.Grpc.Reflection;

/// <summary>Finds files by their name and by what they declare.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = [];
    private readonly Dictionary<string, FileDescriptor> _symbols = [];

    public DescriptorIndex(IEnumerable<ServiceDescriptor> services)
    {
        foreach (ServiceDescriptor service in services)
        {
            Services.Add(service.FullName);
            AddFile(service.File);
        }
    }

    /// <summary>Full names of the services.</summary>
    public SortedSet<string> Services { get; } = new(StringComparer.Ordinal);

    /// <summary>The serialised file of a name and of everything that it imports; null when there is none.</summary>
    public IReadOnlyList<ByteString>? ByName(string name) => _files.TryGetValue(name, out var file) ? WithImports(file) : null;

    /// <summary>The serialised file that declares a symbol and everything that it imports; null when there is none.</summary>
    public IReadOnlyList<ByteString>? BySymbol(string symbol) => _symbols.TryGetValue(symbol, out var file) ? WithImports(file) : null;

    private static List<ByteString> WithImports(FileDescriptor root)
    {
        // The file asked for comes first; each file once.
        var seen = new HashSet<string> { root.Name };
        var queue = new Queue<FileDescriptor>([root]);
        var result = new List<ByteString>();
        while (queue.TryDequeue(out FileDescriptor? file))
        {
            result.Add(file.SerializedData);
            foreach (FileDescriptor import in file.Dependencies.Where(import => seen.Add(import.Name)))
            {
                queue.Enqueue(import);
            }
        }

        return result;
    }

    private void AddFile(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (ServiceDescriptor service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (MethodDescriptor method in service.Methods)
            {
                _symbols[method.FullName] = file;
            }
        }

        AddTypes(file, file.MessageTypes, file.EnumTypes);
        foreach (FileDescriptor import in file.Dependencies)
        {
            AddFile(import);
        }
    }

    private void AddTypes(FileDescriptor file, IEnumerable<MessageDescriptor> messages, IEnumerable<EnumDescriptor> enums)
    {
        foreach (EnumDescriptor type in enums)
        {
            _symbols[type.FullName] = file;
            foreach (EnumValueDescriptor value in type.Values)
            {
                _symbols[value.FullName] = file;
            }
        }

        foreach (MessageDescriptor message in messages)
        {
            _symbols[message.FullName] = file;
            foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
            {
                _symbols[field.FullName] = file;
            }

            AddTypes(file, message.NestedTypes, message.EnumTypes);
        }
    }
}
