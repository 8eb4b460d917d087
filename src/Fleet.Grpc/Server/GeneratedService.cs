using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Fleet.Grpc.Server;

/// <summary>What generated code says of a service class.</summary>
internal sealed class GeneratedService
{
    private readonly MethodInfo _bind;

    private GeneratedService(MethodInfo bind, ServiceDescriptor descriptor)
    {
        _bind = bind;
        Descriptor = descriptor;
    }

    public ServiceDescriptor Descriptor { get; }

    /// <summary>Finds the generated base of a service class.</summary>
    public static GeneratedService Of(Type service)
    {
        for (Type? type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                MethodInfo? bind = attribute.BindType.GetMethod(
                    attribute.BindMethodName, BindingFlags.Public | BindingFlags.Static, [typeof(ServiceBinderBase), type]);
                PropertyInfo? property = attribute.BindType.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static);
                return bind is not null && property?.GetValue(null) is ServiceDescriptor descriptor
                    ? new GeneratedService(bind, descriptor)
                    : throw new InvalidOperationException(
                        $"{attribute.BindType} has no {attribute.BindMethodName}(ServiceBinderBase, {type.Name}) or no Descriptor");
            }
        }

        throw new InvalidOperationException($"{service} derives from no generated gRPC service base.");
    }

    /// <summary>Hands the methods to a binder that makes handlers per call.</summary>
    public void Bind(ServiceBinderBase binder) => _bind.Invoke(null, [binder, null]);
}
