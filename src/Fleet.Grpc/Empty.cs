namespace Fleet.Grpc;
